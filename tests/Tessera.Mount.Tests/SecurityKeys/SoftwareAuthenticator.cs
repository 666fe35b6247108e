using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;

namespace Tessera.Mount.Tests.SecurityKeys;

/// <summary>What a security key does inside: CTAP 2.0 with the extension hmac-secret (section 9.1) and PIN protocol 1 (section 5.5). Credentials stay in it.</summary>
internal sealed class SoftwareAuthenticator : IDisposable
{
    private const byte MakeCredential = 1;
    private const byte GetAssertion = 2;
    private const byte GetInfo = 4;
    private const byte ClientPin = 6;
    private const string Extension = "hmac-secret";
    private const int Es256 = -7;
    private const int AuthSize = 16;
    private const int MostTries = 8;
    private const int TriesInARow = 3;

    private readonly List<Credential> credentials = [];
    private readonly byte[]? pinHash;
    private readonly bool isSilent;
    private readonly Func<byte> waitForTouch;
    private readonly byte[] pinToken = RandomNumberGenerator.GetBytes(32);
    private ECDiffieHellman agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private int wrongInARow;
    private uint counter;

    /// <param name="pin">Null: none is set.</param>
    /// <param name="isSilent">It gives a secret without a touch when it is asked so (CTAP 2.0); later ones refuse.</param>
    /// <param name="waitForTouch">A status: 0 when it was touched.</param>
    public SoftwareAuthenticator(string? pin, bool isSilent, Func<byte> waitForTouch)
    {
        pinHash = pin is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(pin))[..AuthSize];
        (this.isSilent, this.waitForTouch) = (isSilent, waitForTouch);
    }

    public int PinTriesLeft { get; private set; } = MostTries;

    /// <summary>A status, and an answer in CBOR when it is 0.</summary>
    public byte[] Answer(ReadOnlySpan<byte> message)
    {
        try
        {
            Dictionary<int, object> asked = message.Length > 1 ? ReadMap(message[1..].ToArray()) : [];
            return message[0] switch
            {
                GetInfo => [0, .. Describe()],
                MakeCredential => [0, .. Make(asked)],
                GetAssertion => [0, .. Assert(asked)],
                ClientPin => [0, .. Pin(asked)],
                _ => [(byte)CtapStatus.InvalidCommand],
            };
        }
        catch (CtapException fault)
        {
            return [fault.Status];
        }
    }

    public void Dispose()
    {
        agreement.Dispose();
        credentials.ForEach(credential => credential.Key.Dispose());
    }

    private byte[] Describe() => Write(map =>
    {
        map.WriteStartMap(5);
        map.WriteInt32(1);
        WriteTexts(map, "FIDO_2_0");
        map.WriteInt32(2);
        WriteTexts(map, Extension);
        map.WriteInt32(3);
        map.WriteByteString(new byte[16]);
        map.WriteInt32(4);
        map.WriteStartMap(3);
        foreach ((string option, bool value) in new[] { ("rk", false), ("up", true), ("clientPin", pinHash is not null) })
        {
            map.WriteTextString(option);
            map.WriteBoolean(value);
        }

        map.WriteEndMap();
        map.WriteInt32(6);
        map.WriteStartArray(1);
        map.WriteInt32(1);
        map.WriteEndArray();
        map.WriteEndMap();
    });

    private byte[] Make(Dictionary<int, object> asked)
    {
        bool verified = Verify(asked, pinAuth: 8, hash: 1);
        if (pinHash is not null && !verified)
        {
            throw new CtapException(CtapStatus.PinRequired);
        }

        RequireTouch();
        byte[] party = PartyHash(asked, "id", 2);
        var made = new Credential(RandomNumberGenerator.GetBytes(64), party, ECDsa.Create(ECCurve.NamedCurves.nistP256), RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        credentials.Add(made);
        ECParameters point = made.Key.ExportParameters(includePrivateParameters: false);
        byte[] data =
        [
            .. Data(party, (byte)(0xC1 | (verified ? 4 : 0))), .. new byte[16], 0, (byte)made.Id.Length, .. made.Id,
            .. Write(map => WritePoint(map, Es256, point.Q)), .. Write(map => WriteExtension(map, secret: null)),
        ];
        return Write(map =>
        {
            map.WriteStartMap(3);
            map.WriteInt32(1);
            map.WriteTextString("packed");
            map.WriteInt32(2);
            map.WriteByteString(data);
            map.WriteInt32(3);
            map.WriteStartMap(2);
            map.WriteTextString("alg");
            map.WriteInt32(Es256);
            map.WriteTextString("sig");
            map.WriteByteString(Sign(made, data, asked, hash: 1)); // Self attestation.
            map.WriteEndMap();
            map.WriteEndMap();
        });
    }

    private byte[] Assert(Dictionary<int, object> asked)
    {
        byte[] party = SHA256.HashData(Encoding.UTF8.GetBytes((string)asked[1]));
        bool verified = Verify(asked, pinAuth: 6, hash: 2);
        var allowed = ((List<object>)asked[3]).ConvertAll(entry => (byte[])((Dictionary<string, object>)entry)["id"]);
        Credential credential = credentials.Find(known => known.Party.AsSpan().SequenceEqual(party) && allowed.Exists(id => id.AsSpan().SequenceEqual(known.Id)))
            ?? throw new CtapException(CtapStatus.NoCredentials);
        var options = (Dictionary<string, object>)asked.GetValueOrDefault(5, new Dictionary<string, object>(StringComparer.Ordinal));
        bool present = (bool)options.GetValueOrDefault("up", true);
        var extensions = (Dictionary<string, object>)asked.GetValueOrDefault(4, new Dictionary<string, object>(StringComparer.Ordinal));
        bool asksSecret = extensions.ContainsKey(Extension);
        if (asksSecret && !present && !isSilent)
        {
            throw new CtapException(CtapStatus.UnsupportedOption);
        }

        if (present)
        {
            RequireTouch();
        }

        byte[]? secret = asksSecret ? Secret((Dictionary<int, object>)extensions[Extension], verified ? credential.WithPin : credential.WithoutPin) : null;
        byte flags = (byte)((present ? 1 : 0) | (verified ? 4 : 0) | (secret is null ? 0 : 0x80));
        byte[] data = [.. Data(party, flags), .. secret is null ? [] : Write(map => WriteExtension(map, secret))];
        return Write(map =>
        {
            map.WriteStartMap(3);
            map.WriteInt32(1);
            map.WriteStartMap(2);
            map.WriteTextString("id");
            map.WriteByteString(credential.Id);
            map.WriteTextString("type");
            map.WriteTextString("public-key");
            map.WriteEndMap();
            map.WriteInt32(2);
            map.WriteByteString(data);
            map.WriteInt32(3);
            map.WriteByteString(Sign(credential, data, asked, hash: 2));
            map.WriteEndMap();
        });
    }

    /// <summary>The salt comes encrypted and authenticated under a key agreed on, and so goes the secret (section 9.1).</summary>
    private byte[] Secret(Dictionary<int, object> asked, byte[] random)
    {
        byte[] shared = Agree((Dictionary<int, object>)asked[1]);
        byte[] sealedSalt = (byte[])asked[2];
        if (!((byte[])asked[3]).AsSpan().SequenceEqual(HMACSHA256.HashData(shared, sealedSalt).AsSpan(0, AuthSize)))
        {
            throw new CtapException(CtapStatus.PinAuthInvalid);
        }

        using Aes aes = Cipher(shared);
        byte[] salt = aes.DecryptCbc(sealedSalt, new byte[16], PaddingMode.None);
        salt.Length.ShouldBe(32);
        return aes.EncryptCbc(HMACSHA256.HashData(random, salt), new byte[16], PaddingMode.None);
    }

    private byte[] Pin(Dictionary<int, object> asked)
    {
        const int Retries = 1;
        const int KeyAgreement = 2;
        const int Token = 5;
        return (int)asked[2] switch
        {
            Retries => Write(map =>
            {
                map.WriteStartMap(1);
                map.WriteInt32(3);
                map.WriteInt32(PinTriesLeft);
                map.WriteEndMap();
            }),
            KeyAgreement => Write(map =>
            {
                const int EcdhEs = -25;
                map.WriteStartMap(1);
                map.WriteInt32(1);
                WritePoint(map, EcdhEs, agreement.ExportParameters(includePrivateParameters: false).Q);
                map.WriteEndMap();
            }),
            Token => GiveToken(asked),
            _ => throw new CtapException(CtapStatus.InvalidCommand),
        };
    }

    private byte[] GiveToken(Dictionary<int, object> asked)
    {
        if (pinHash is null || PinTriesLeft == 0 || wrongInARow == TriesInARow)
        {
            throw new CtapException(pinHash is null ? CtapStatus.PinNotSet : PinTriesLeft == 0 ? CtapStatus.PinBlocked : CtapStatus.PinAuthBlocked);
        }

        byte[] shared = Agree((Dictionary<int, object>)asked[3]);
        using Aes aes = Cipher(shared);
        if (!aes.DecryptCbc((byte[])asked[6], new byte[16], PaddingMode.None).AsSpan().SequenceEqual(pinHash))
        {
            PinTriesLeft--;
            wrongInARow++;
            agreement.Dispose();
            agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            throw new CtapException(PinTriesLeft == 0 ? CtapStatus.PinBlocked : wrongInARow == TriesInARow ? CtapStatus.PinAuthBlocked : CtapStatus.PinInvalid);
        }

        (PinTriesLeft, wrongInARow) = (MostTries, 0);
        return Write(map =>
        {
            map.WriteStartMap(1);
            map.WriteInt32(2);
            map.WriteByteString(aes.EncryptCbc(pinToken, new byte[16], PaddingMode.None));
            map.WriteEndMap();
        });
    }

    private byte[] Agree(Dictionary<int, object> point)
    {
        using var other = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = (byte[])point[-2], Y = (byte[])point[-3] } });
        return agreement.DeriveKeyFromHash(other.PublicKey, HashAlgorithmName.SHA256);
    }

    private static Aes Cipher(byte[] key)
    {
        Aes aes = Aes.Create();
        aes.Key = key;
        return aes;
    }

    /// <summary>Whether who asks has shown the PIN.</summary>
    private bool Verify(Dictionary<int, object> asked, int pinAuth, int hash) =>
        asked.TryGetValue(pinAuth, out object? shown)
        && (((byte[])shown).AsSpan().SequenceEqual(HMACSHA256.HashData(pinToken, (byte[])asked[hash]).AsSpan(0, AuthSize)) ? true : throw new CtapException(CtapStatus.PinAuthInvalid));

    private void RequireTouch()
    {
        if (waitForTouch() is var status and not 0)
        {
            throw new CtapException(status);
        }
    }

    private byte[] Data(byte[] party, byte flags)
    {
        counter++;
        return [.. party, flags, (byte)(counter >> 24), (byte)(counter >> 16), (byte)(counter >> 8), (byte)counter];
    }

    private static byte[] Sign(Credential credential, byte[] data, Dictionary<int, object> asked, int hash) =>
        credential.Key.SignData([.. data, .. (byte[])asked[hash]], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private static byte[] PartyHash(Dictionary<int, object> asked, string name, int at) =>
        SHA256.HashData(Encoding.UTF8.GetBytes((string)((Dictionary<string, object>)asked[at])[name]));

    private static void WritePoint(CborWriter map, int algorithm, ECPoint point)
    {
        const int P256 = 1;
        const int Ec2 = 2;
        map.WriteStartMap(5);
        foreach ((int name, int value) in new[] { (1, Ec2), (3, algorithm), (-1, P256) })
        {
            map.WriteInt32(name);
            map.WriteInt32(value);
        }

        map.WriteInt32(-2);
        map.WriteByteString(point.X!);
        map.WriteInt32(-3);
        map.WriteByteString(point.Y!);
        map.WriteEndMap();
    }

    private static void WriteExtension(CborWriter map, byte[]? secret)
    {
        map.WriteStartMap(1);
        map.WriteTextString(Extension);
        if (secret is null)
        {
            map.WriteBoolean(true);
        }
        else
        {
            map.WriteByteString(secret);
        }

        map.WriteEndMap();
    }

    private static void WriteTexts(CborWriter array, params string[] texts)
    {
        array.WriteStartArray(texts.Length);
        Array.ForEach(texts, array.WriteTextString);
        array.WriteEndArray();
    }

    private static byte[] Write(Action<CborWriter> write)
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        write(writer);
        return writer.Encode();
    }

    private static Dictionary<int, object> ReadMap(byte[] bytes) => (Dictionary<int, object>)Read(new CborReader(bytes, CborConformanceMode.Ctap2Canonical));

    /// <summary>Maps have numbers or texts for names, never both.</summary>
    private static object Read(CborReader reader)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                return reader.ReadInt32();
            case CborReaderState.ByteString:
                return reader.ReadByteString();
            case CborReaderState.TextString:
                return reader.ReadTextString();
            case CborReaderState.Boolean:
                return reader.ReadBoolean();
            case CborReaderState.StartArray:
                return ReadArray(reader);
            default:
                return ReadAnyMap(reader);
        }
    }

    private static List<object> ReadArray(CborReader reader)
    {
        var list = new List<object>();
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray)
        {
            list.Add(Read(reader));
        }

        reader.ReadEndArray();
        return list;
    }

    private static object ReadAnyMap(CborReader reader)
    {
        var numbered = new Dictionary<int, object>();
        var named = new Dictionary<string, object>(StringComparer.Ordinal);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            if (reader.PeekState() == CborReaderState.TextString)
            {
                named.Add(reader.ReadTextString(), Read(reader));
            }
            else
            {
                numbered.Add(reader.ReadInt32(), Read(reader));
            }
        }

        reader.ReadEndMap();
        return named.Count > 0 ? named : numbered;
    }

    /// <param name="Id">Random.</param>
    /// <param name="Party">Hash of the relying party's id.</param>
    /// <param name="Key">Signs.</param>
    /// <param name="WithPin">What secrets follow from for who has shown the PIN.</param>
    /// <param name="WithoutPin">What they follow from for who has not.</param>
    private sealed record Credential(byte[] Id, byte[] Party, ECDsa Key, byte[] WithPin, byte[] WithoutPin);
}
