using System.Globalization;

namespace Tessera.Conformance.Tests.Limits;

/// <summary>errno(3).</summary>
internal static class ErrorName
{
    public static string Of(int errno) => errno switch
    {
        1 => "EPERM",
        3 => "ESRCH",
        11 => "EAGAIN",
        19 => "ENODEV",
        22 => "EINVAL",
        25 => "ENOTTY",
        38 => "ENOSYS",
        95 => "EOPNOTSUPP",
        _ => errno.ToString(CultureInfo.InvariantCulture),
    };
}
