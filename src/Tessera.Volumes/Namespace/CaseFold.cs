using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Tessera.Volumes.Namespace;

/// <summary>Folds names that differ only in case into one: the simple, one-to-one upper-case mapping of Unicode on valid UTF-8, invalid
/// bytes as they are.</summary>
/// <remarks>Simple upper-case is what .NET does with invariant globalization, without language or context. The format fixes the mapping
/// only as far as it
/// decides where a name's entry lies; a later Unicode version that maps new letters needs a feature flag.</remarks>
internal static class CaseFold
{
    /// <summary>Folds into <paramref name="destination"/>, which holds at least twice the name plus 4 bytes; returns the length.</summary>
    public static int Fold(ReadOnlySpan<byte> name, Span<byte> destination)
    {
        if (Ascii.IsValid(name))
        {
            Ascii.ToUpper(name, destination, out int written);
            return written;
        }

        int length = 0;
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out Rune rune, out int consumed) == OperationStatus.Done)
            {
                length += Rune.ToUpperInvariant(rune).EncodeToUtf8(destination[length..]);
            }
            else
            {
                name[..consumed].CopyTo(destination[length..]);
                length += consumed;
            }

            name = name[consumed..];
        }

        return length;
    }
}
