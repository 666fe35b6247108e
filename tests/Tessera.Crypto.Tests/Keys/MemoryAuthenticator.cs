using System.Security.Cryptography;

namespace Tessera.Crypto.Tests.Keys;

/// <summary>An authenticator in memory: what it keeps for a credential follows from its seed and the credential's id.</summary>
internal sealed class MemoryAuthenticator(byte seed) : IFido2Key
{
    private const int OwnIdLength = 48;
    private int made;

    /// <summary>How often it was asked for a secret of its own.</summary>
    public int Asked { get; private set; }

    public Fido2Credential Enrol()
    {
        made++;
        byte[] id = [seed, (byte)made, .. Enumerable.Range(0, OwnIdLength - 2).Select(i => (byte)i)];
        return new Fido2Credential(id, SHA256.HashData(id), needsPin: true, needsTouch: true);
    }

    public bool TryGetSecret(Fido2Credential credential, Span<byte> secret)
    {
        if (credential.Id.Length != OwnIdLength || credential.Id[0] != seed)
        {
            return false;
        }

        Asked++;
        HMACSHA256.HashData(SHA256.HashData([seed, credential.NeedsPin ? (byte)1 : (byte)0, .. credential.Id]), credential.Salt, secret);
        return true;
    }
}
