using Tessera.Core.FileSystem;

namespace Tessera.Host.Auditing;

/// <summary>What an operation asks for more exactly, in words.</summary>
internal static class AuditWords
{
    private static readonly (AttributeMask Bit, string Word)[] Attributes =
    [
        (AttributeMask.Mode, "mode"), (AttributeMask.Uid, "uid"), (AttributeMask.Gid, "gid"), (AttributeMask.Size, "size"), (AttributeMask.Flags, "flags"),
        (AttributeMask.KillPrivileges, "kill_privileges"),
    ];

    public static string Of(AttributeMask mask) => string.Join(',', Attributes.Where(attribute => mask.HasFlag(attribute.Bit)).Select(attribute => attribute.Word));

    public static string Of(OpenFlags flags)
    {
        string access = flags.HasFlag(OpenFlags.Execute) ? "execute" : (flags & OpenFlags.AccessMask) switch
        {
            OpenFlags.ReadOnly => "read",
            OpenFlags.WriteOnly => "write",
            _ => "read,write",
        };
        return flags.HasFlag(OpenFlags.Truncate) ? $"{access},truncate" : access;
    }
}
