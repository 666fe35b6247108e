namespace Tessera.Crypto;

/// <summary>Why a key header cannot be used, or a change to it not be made.</summary>
public enum KeyHeaderFault
{
    /// <summary>These bytes were never a key header.</summary>
    NotAKeyHeader = 1,

    /// <summary>A key header whose checksum does not fit: damaged, or written halfway.</summary>
    Damaged,

    /// <summary>Written by a newer Tessera.</summary>
    UnknownVersion,

    /// <summary>The checksum fits, but a value is beyond its limits.</summary>
    Invalid,

    /// <summary>The passphrase is right, but the header was changed by somebody without the volume key.</summary>
    Tampered,

    /// <summary>The two copies belong to different volumes.</summary>
    CopiesDisagree,

    /// <summary>All 16 slots are in use.</summary>
    NoFreeSlot,

    /// <summary>No such slot in use.</summary>
    NoSuchSlot,

    /// <summary>The slot takes neither a passphrase nor a device key nor an authenticator.</summary>
    NotAPassphraseSlot,

    /// <summary>The slot is the last one with a passphrase, a device key or an authenticator.</summary>
    LastPassphrase,

    /// <summary>The recovery code given is not the one of this volume.</summary>
    WrongRecoveryCode,

    /// <summary>The text is no key backup, or is mistyped.</summary>
    BadBackup,

    /// <summary>The authenticator that made a credential does not know it.</summary>
    AuthenticatorGone,
}
