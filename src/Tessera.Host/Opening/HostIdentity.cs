using System.Security.Cryptography;
using System.Text;

namespace Tessera.Host.Opening;

/// <summary>Who this host is, for the mount epoch in a volume's root: the same after every start, and no other host's.</summary>
internal static class HostIdentity
{
    private const string MachineId = "/etc/machine-id";
    private const string Purpose = "tessera host identity";
    private const int GuidBytes = 16;

    /// <summary>A hash: machine-id(5) asks that the id itself is not shown to others. Where there is none the host's name has to do.</summary>
    public static Guid Current { get; } = Of(Read());

    internal static Guid Of(string machine) =>
        new(HMACSHA256.HashData(Encoding.UTF8.GetBytes(machine), Encoding.UTF8.GetBytes(Purpose)).AsSpan(0, GuidBytes));

    private static string Read()
    {
        try
        {
            string id = File.ReadAllText(MachineId).Trim();
            return id.Length > 0 ? id : Environment.MachineName;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Environment.MachineName;
        }
    }
}
