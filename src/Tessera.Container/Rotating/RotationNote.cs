using Tessera.Container.Sealing;
using Tessera.Crypto;

namespace Tessera.Container.Rotating;

/// <summary>What the key slots of an open container say of a rotation, for who asks without opening it.</summary>
public static class RotationNote
{
    /// <summary>Writes how far it is; with <see cref="KeyRotation.None"/> that it is through. Nothing where no rotation is noted.</summary>
    /// <param name="store">Open for writing. Who calls has locked the range of the key slots against others who change them.</param>
    /// <param name="rotation"><see cref="KeyRotation.Resealing"/> or <see cref="KeyRotation.None"/>.</param>
    /// <param name="done">Thousandths.</param>
    /// <exception cref="Media.MediumException">The medium cannot be written.</exception>
    /// <exception cref="Format.ContainerFormatException">No copy is whole.</exception>
    public static void Write(ContainerStore store, KeyRotation rotation, int done) =>
        KeySwitch.Note(store.Parts.Medium, store.Header.Places, store.Parts.Keys, (rotation, done));
}
