namespace Tessera.Container.Remembering;

/// <summary>What an opening for writing does about a volume's counter.</summary>
public enum CounterUse
{
    /// <summary>Goes on with the one that the volume has, if it has one.</summary>
    Keep,

    /// <summary>Makes one, unless the volume has one and is where that is.</summary>
    Bind,

    /// <summary>Does without from now on.</summary>
    Release,
}
