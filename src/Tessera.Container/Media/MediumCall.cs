namespace Tessera.Container.Media;

/// <summary>The calls of an <see cref="IMedium"/> that may have to wait for a disk.</summary>
public enum MediumCall
{
    Read,
    Write,
    Flush,
    Grow,
    Punch,
}
