using System.Text;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>Extended attributes that a mount has, not its files (<see cref="FuseDoorOptions.OwnAttributes"/>).</summary>
internal static class OwnAttribute
{
    private static ReadOnlySpan<byte> Prefix => "system.tessera."u8;

    public static bool IsOne(ReadOnlySpan<byte> name) => name.StartsWith(Prefix);

    /// <param name="answer">Null: there are none.</param>
    /// <param name="name">Whole.</param>
    /// <param name="value">Where the value goes; empty: only its length is asked for.</param>
    public static async ValueTask<FuseResult<int>> ReadAsync(Func<string, byte[]?>? answer, ReadOnlyMemory<byte> name, Memory<byte> value)
    {
        if (answer is null)
        {
            return Errno.ENODATA;
        }

        string wanted = Encoding.UTF8.GetString(name.Span);
        try
        {
            byte[]? found = await Task.Run(() => answer(wanted)).ConfigureAwait(false);
            if (found is null || value.Length == 0)
            {
                return found is null ? Errno.ENODATA : found.Length;
            }

            return found.AsSpan().TryCopyTo(value.Span) ? found.Length : Errno.ERANGE;
        }
        catch (IOException)
        {
            return Errno.EIO; // The medium failed, or what is on it is damaged.
        }
    }
}
