namespace Tessera.Mount.Tests.SecurityKeys;

/// <summary>Statuses of CTAP 2.0, section 6.3.</summary>
internal enum CtapStatus : byte
{
    Ok = 0,
    InvalidCommand = 0x01,
    UnsupportedOption = 0x2B,
    NoCredentials = 0x2E,
    PinInvalid = 0x31,
    PinBlocked = 0x32,
    PinAuthInvalid = 0x33,
    PinAuthBlocked = 0x34,
    PinNotSet = 0x35,
    PinRequired = 0x36,
}
