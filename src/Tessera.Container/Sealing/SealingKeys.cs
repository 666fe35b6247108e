using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;

namespace Tessera.Container.Sealing;

/// <summary>Every key of a container, derived from its volume key: one a session for nodes and blocks, one a session for the log, one-time keys for roots and chains.</summary>
public sealed class SealingKeys : IDisposable
{
    public const int SaltLength = 32;
    private const int NameLength = 16;
    private readonly SecretBytes volumeKey;
    private readonly ConcurrentDictionary<uint, SessionEntry> sessions = new();
    private readonly ConcurrentDictionary<uint, UnitSealer> data = new();
    private readonly ConcurrentDictionary<uint, UnitSealer> logs = new();
    private readonly ConcurrentDictionary<uint, UnitSealer> copies = new();
    private readonly Lock derivation = new();
    private long counter;

    public SealingKeys(SealAlgorithm algorithm, ReadOnlySpan<byte> volumeKey, Guid volumeId)
    {
        Algorithm = algorithm;
        this.volumeKey = SecretBytes.CopyOf(volumeKey);
        NodeContext = Context('N', volumeId);
        BlockContext = Context('B', volumeId);
        LogHeaderContext = Context('H', volumeId);
        LogBodyContext = Context('L', volumeId);
        RootContext = Context('R', volumeId);
        ChainContext = Context('C', volumeId);
        PartContext = Context('P', volumeId);
    }

    public SealAlgorithm Algorithm { get; }

    /// <summary>Unused bytes are noise, and no two copies of a thing are alike: one copy of the medium must not show what is used (docs/format/scattered.md).</summary>
    public bool HidesUnused { get; init; }

    /// <summary>What all sealers of these keys have done.</summary>
    public SealCounters Counters { get; } = new();

    /// <summary>The session of this open; 0 while none was begun.</summary>
    public uint CurrentSession { get; private set; }

    /// <summary>Associated data of each kind of seal: its letter and the volume's id, so that one can never stand for another.</summary>
    public byte[] NodeContext { get; }

    public byte[] BlockContext { get; }

    public byte[] LogHeaderContext { get; }

    public byte[] LogBodyContext { get; }

    public byte[] RootContext { get; }

    public byte[] ChainContext { get; }

    public byte[] PartContext { get; }

    /// <summary>Which volume key this is, as far as the session table told: 1 in a container whose key was never changed (docs/format/keys.md, section 6.1).</summary>
    public uint KeyEpoch { get; private set; } = 1;

    /// <summary>An older epoch whose key is known, because something may still be sealed under it; 0: none.</summary>
    public uint OlderEpoch { get; private set; }

    /// <summary>The key before, while the key slots say that the container may still be of it: then it opens roots and chains, too. Null at all other times.</summary>
    internal SecretBytes? KeyBefore { get; private set; }

    /// <summary>It has been forgotten, and roots that are kept may still have it.</summary>
    internal bool IsForgetting { get; set; }

    /// <summary>The key of <see cref="OlderEpoch"/>, to be kept in the session table.</summary>
    internal SecretBytes? OlderKey { get; private set; }

    internal SecretBytes VolumeKey => volumeKey;

    /// <summary>The sessions in the order of their numbers.</summary>
    internal IEnumerable<(uint Number, SessionEntry Entry)> Sessions
    {
        get
        {
            uint[] numbers = [.. sessions.Keys];
            Array.Sort(numbers);
            foreach (uint number in numbers)
            {
                yield return (number, sessions[number]);
            }
        }
    }

    /// <summary>The keys of a container that has this header.</summary>
    public static SealingKeys Of(ContainerHeader header, ReadOnlySpan<byte> volumeKey) =>
        new(header.Algorithm, volumeKey, header.VolumeId) { HidesUnused = header.Profile == ContainerProfile.Scattered };

    /// <summary>The same, with the key before where a change of keys has not come to the container's roots yet.</summary>
    public static SealingKeys Of(IMedium medium, ContainerHeader header, ReadOnlySpan<byte> volumeKey)
    {
        SealingKeys keys = Of(header, volumeKey);
        keys.KeyBefore = header.Profile == ContainerProfile.Plain ? null : KeySwitch.Find(medium, header.Places, keys.volumeKey);
        return keys;
    }

    /// <summary>A session of the newest epoch.</summary>
    public void AddSession(uint session, byte[] salt) => sessions[session] = new SessionEntry(salt, KeyEpoch);

    /// <summary>Begins the session under which this open seals. Its salt must be durable, in a root, before <see cref="TakeCounters"/> is called.</summary>
    public void BeginSession(uint session, byte[] salt)
    {
        AddSession(session, salt);
        CurrentSession = session;
    }

    /// <summary>Takes over what a session table says.</summary>
    /// <param name="known">The sessions, with their epochs.</param>
    /// <param name="epoch">The newest epoch, of the volume key.</param>
    /// <param name="older">An older one and its key, which is owned from then on; null: there is none.</param>
    internal void Adopt(IEnumerable<KeyValuePair<uint, SessionEntry>> known, uint epoch, (uint Epoch, SecretBytes Key)? older)
    {
        foreach ((uint session, SessionEntry entry) in known)
        {
            sessions[session] = entry;
        }

        KeyEpoch = epoch;
        OlderEpoch = older?.Epoch ?? 0;
        OlderKey?.Dispose();
        OlderKey = older?.Key;
    }

    /// <summary>The container's roots, chains and log are of the volume key: the one before opens none of them any more.</summary>
    internal void EndSwitch()
    {
        KeyBefore?.Dispose();
        KeyBefore = null;
    }

    /// <summary>Nothing is sealed under the older key any more: the next session table is without it.</summary>
    internal void ForgetOlder()
    {
        lock (derivation)
        {
            OlderEpoch = 0;
            OlderKey?.Dispose();
            OlderKey = null;
        }
    }

    /// <summary>Whether what was sealed in a session is to be sealed anew.</summary>
    public bool IsOlder(uint session) => OlderEpoch != 0 && sessions.TryGetValue(session, out SessionEntry entry) && entry.Epoch != KeyEpoch;

    /// <summary>Takes <paramref name="count"/> counters of the current session, never to be given out again; the first.</summary>
    public ulong TakeCounters(int count) => (ulong)(Interlocked.Add(ref counter, count) - count);

    /// <summary>The sealer of nodes and blocks of a session; null for a session nobody recorded (forged or damaged reference).</summary>
    public UnitSealer? Data(uint session) => data.TryGetValue(session, out UnitSealer? sealer) ? sealer : Derive(data, session, "tessera session");

    public UnitSealer? Log(uint session) => logs.TryGetValue(session, out UnitSealer? sealer) ? sealer : Derive(logs, session, "tessera log");

    /// <summary>Turns copy A of a node, as it is stored, into copy B, and back: adds the key stream of a key of its own at the node's counter. The tag is of
    /// copy A; so both copies open with one reference, and look as different as two nodes do.</summary>
    public void Disguise(uint session, ulong nodeCounter, Span<byte> stored)
    {
        UnitSealer? stream = copies.TryGetValue(session, out UnitSealer? known) ? known : Derive(copies, session, "tessera node copy");
        Span<byte> tag = stackalloc byte[UnitSealer.TagSize];
        stream?.Seal(nodeCounter, default, stored, stored, tag); // A session nobody recorded opens nothing: leave the bytes.
    }

    /// <summary>The salt of a session of the session table; null when that does not have it.</summary>
    internal byte[]? SaltOf(uint session) => sessions.TryGetValue(session, out SessionEntry entry) ? entry.Salt : null;

    /// <summary>A name that only who has the volume key finds (docs/format/memory.md, Where).</summary>
    /// <param name="purpose">What it is the name of.</param>
    /// <param name="before">The name that <see cref="KeyBefore"/> gives.</param>
    internal byte[] NameFor(string purpose, bool before = false)
    {
        byte[] name = new byte[NameLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, (before ? KeyBefore! : volumeKey).Span, name, RootContext, Encoding.ASCII.GetBytes(purpose));
        return name;
    }

    /// <summary>A sealer for one use of a fresh salt.</summary>
    public UnitSealer OneTime(ReadOnlySpan<byte> salt, string purpose) => Derive(volumeKey, salt, purpose);

    /// <summary>The same under <see cref="KeyBefore"/>.</summary>
    internal UnitSealer OneTimeBefore(ReadOnlySpan<byte> salt, string purpose) => Derive(KeyBefore!, salt, purpose);

    private UnitSealer Derive(SecretBytes from, ReadOnlySpan<byte> salt, string purpose)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, from.Span, key, salt, Encoding.ASCII.GetBytes(purpose));
        UnitSealer sealer = new CountingSealer(UnitSealers.Create(Algorithm, key), Counters);
        CryptographicOperations.ZeroMemory(key);
        return sealer;
    }

    public void Dispose()
    {
        foreach (UnitSealer sealer in data.Values.Concat(logs.Values).Concat(copies.Values))
        {
            sealer.Dispose();
        }

        volumeKey.Dispose();
        EndSwitch();
        ForgetOlder();
    }

    private UnitSealer? Derive(ConcurrentDictionary<uint, UnitSealer> sealers, uint session, string purpose)
    {
        if (!sessions.TryGetValue(session, out SessionEntry entry) || KeyOf(entry.Epoch) is not { } from)
        {
            return null;
        }

        lock (derivation)
        {
            if (!sealers.TryGetValue(session, out UnitSealer? sealer))
            {
                sealer = Derive(from, entry.Salt, purpose);
                sealers[session] = sealer;
            }

            return sealer;
        }
    }

    /// <summary>Null for an epoch whose key is gone: nothing that counts is sealed in its sessions.</summary>
    private SecretBytes? KeyOf(uint epoch) => epoch == KeyEpoch ? volumeKey : epoch == OlderEpoch ? OlderKey : null;

    private static byte[] Context(char kind, Guid volumeId)
    {
        byte[] context = new byte[17];
        context[0] = (byte)kind;
        volumeId.TryWriteBytes(context.AsSpan(1), bigEndian: true, out _);
        return context;
    }
}
