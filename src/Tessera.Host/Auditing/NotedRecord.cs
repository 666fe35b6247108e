using System.Globalization;
using System.Security.Cryptography;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Auditing;

/// <summary>A record of an access log and the hash that the log had with it, as "tessera audit" and the daemon's log tell them.</summary>
/// <param name="Number">The record's.</param>
/// <param name="Hash">SHA-256 of the segment that ends with it.</param>
internal sealed record NotedRecord(ulong Number, byte[] Hash)
{
    /// <summary>Reads NUMBER:HASH.</summary>
    /// <exception cref="CommandException">It is none: exit 2.</exception>
    public static NotedRecord Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        byte[] hash = new byte[SHA256.HashSizeInBytes];
        return colon > 0 && ulong.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            && text.Length - colon - 1 == 2 * hash.Length && Convert.FromHexString(text.AsSpan(colon + 1), hash, out _, out _) == System.Buffers.OperationStatus.Done
            ? new NotedRecord(number, hash)
            : throw new CommandException(ExitCode.Usage, $"'{text}' is no record with its hash.", "It is NUMBER:HASH, as 'tessera audit' prints it last.");
    }
}
