namespace Tessera.Host.Limiting;

/// <summary>Kinds of requests that are limited each for itself, so that a flood of one leaves the others as they are.</summary>
internal enum RequestClass
{
    /// <summary>Names, attributes, opening.</summary>
    Metadata,

    /// <summary>Reading files.</summary>
    Read,

    /// <summary>Writing files, and making them durable.</summary>
    Write,
}
