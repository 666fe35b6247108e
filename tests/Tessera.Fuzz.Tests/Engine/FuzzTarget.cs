namespace Tessera.Fuzz.Tests.Engine;

/// <summary>A reader of bytes from outside. It is used by one thread.</summary>
public abstract class FuzzTarget
{
    /// <summary>As it stands before a case in <c>Cases/*.txt</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Well-formed inputs.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Managed memory one input may cost, bytes.</summary>
    public abstract long AllocationLimit { get; }

    /// <summary>No longer input is made, bytes.</summary>
    public virtual int LongestInput => 64 << 10;

    /// <summary>Puts right, mostly, what would end the reading at the door: a length, a checksum, a seal.</summary>
    public virtual void Repair(byte[] input, FuzzRandom random)
    {
    }

    /// <summary>Makes the reader read. Returns, or throws what the reader declares; anything else is a bug found.</summary>
    /// <param name="input">May be kept or changed.</param>
    public abstract void Read(byte[] input);

    /// <summary>Whether a reader may answer bad bytes like this.</summary>
    public abstract bool IsDeclared(Exception exception);
}
