using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Container.Remembering;
using Tessera.Host.Native;

namespace Tessera.Host.Opening;

/// <summary>What is done with the newest state of a volume that was seen here (docs/format/memory.md).</summary>
/// <param name="Accepts">An older state is opened too, and is the newest seen from then on.</param>
/// <param name="Directory">Where the notes are; null: nothing is compared and nothing remembered.</param>
internal sealed record RollbackPolicy(bool Accepts, string? Directory)
{
    /// <param name="accepts">As asked for.</param>
    /// <param name="remembers">False: leave no trace, and compare with none.</param>
    public static RollbackPolicy Of(bool accepts, bool remembers) => new(accepts, remembers ? UserState.Prepare("seen") : null);

    /// <summary>With what a command opens a volume in its own process.</summary>
    public ContainerOptions ApplyTo(ContainerOptions options) => options with
    {
        Memory = Directory is null ? null : new NoteDirectory(Directory, static sentence => Console.Error.WriteLine($"tessera: {sentence}")),
        AcceptRollback = Accepts,
        Counter = new Secrets.TpmCounter(),
    };

    /// <summary>Compares without opening the container.</summary>
    /// <exception cref="Container.Format.ContainerFormatException">It is older than what was seen, or of another line.</exception>
    public void Check(IMedium medium, UnlockedVolume unlocked) =>
        RollbackCheck.Run(unlocked.Veil ?? medium, unlocked.Header, unlocked.Key.Span, ApplyTo(new ContainerOptions()));
}
