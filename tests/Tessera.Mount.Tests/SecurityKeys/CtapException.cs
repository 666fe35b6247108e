namespace Tessera.Mount.Tests.SecurityKeys;

/// <summary>The authenticator refuses.</summary>
internal sealed class CtapException(byte status) : Exception($"CTAP status {status:X2}")
{
    public CtapException(CtapStatus status)
        : this((byte)status)
    {
    }

    public byte Status { get; } = status;
}
