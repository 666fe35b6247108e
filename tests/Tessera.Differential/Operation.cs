using System.Globalization;

namespace Tessera.Differential;

/// <summary>One system call of a program. What the fields mean depends on the kind.</summary>
/// <param name="Actor">Who calls: 0 is root, 1 an ordinary user. Each has descriptors of its own.</param>
/// <param name="Kind">The call.</param>
/// <param name="Path">A path below the directory; "." for calls on a descriptor.</param>
/// <param name="Other">A second path, a name, or ".".</param>
/// <param name="Slot">Which of the actor's descriptors; also the source of a copy.</param>
/// <param name="Flags">Flags or a mode.</param>
/// <param name="Offset">A position or a number.</param>
/// <param name="Length">A count of bytes.</param>
internal sealed record Operation(int Actor, OperationKind Kind, string Path, string Other, int Slot, int Flags, long Offset, long Length)
{
    /// <summary>One line: what a script is made of.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Actor} {Kind} {Path} {Other} {Slot} 0x{Flags:x} {Offset} {Length}");

    public static Operation Parse(string line)
    {
        string[] fields = line.Split(' ');
        return new Operation(
            int.Parse(fields[0], CultureInfo.InvariantCulture),
            Enum.Parse<OperationKind>(fields[1]),
            fields[2],
            fields[3],
            int.Parse(fields[4], CultureInfo.InvariantCulture),
            int.Parse(fields[5].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            long.Parse(fields[6], CultureInfo.InvariantCulture),
            long.Parse(fields[7], CultureInfo.InvariantCulture));
    }
}
