using Tessera.Host.CommandLine;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>Makes the connections of a session to a server, again and again where it has to, over whichever of its addresses answers.</summary>
internal sealed class ShareConnector
{
    /// <summary>A preferred address that answered and then says nothing does not keep the session longer than this.</summary>
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly bool readOnly;
    private readonly WireRole role;
    private readonly ServerDialler dialler;
    private readonly AddressRace race;
    private readonly ReturnPace pace = new();
    private bool wasTold;

    /// <param name="addresses">Of the workspace, or the export.</param>
    /// <param name="credential">What is shown.</param>
    /// <param name="readOnly">Nothing is to be changed.</param>
    /// <param name="fingerprint">The one certificate to accept; null: whatever this system trusts.</param>
    /// <param name="role">Which end this is.</param>
    public ShareConnector(ServerAddresses addresses, ClientCredential credential, bool readOnly, CertificateFingerprint? fingerprint, WireRole role)
    {
        Addresses = addresses;
        this.readOnly = readOnly;
        this.role = role;
        dialler = new ServerDialler(credential, fingerprint, role, addresses.Count > 1 ? Heartbeat.Quick : Heartbeat.Usual);
        race = new AddressRace((number, cancellation) => dialler.DialAsync(addresses[number], cancellation)) { OnUntrusted = fault => OnUntrusted(fault) };
    }

    public ServerAddresses Addresses { get; }

    /// <summary>Until a preferred address is tried.</summary>
    public TimeSpan ReturnPause => pace.Pause;

    /// <summary>Told what is wrong when, not for the first time, something else answers in the server's place.</summary>
    public Action<CommandException> OnUntrusted { get; init; } = static fault => ErrorReport.Write(fault.Message, fault.Advice);

    /// <summary>A connection on which the session goes on, or a new one begins. The first attempt tells why it fails; later ones are repeated, with longer and
    /// longer pauses, until one succeeds.</summary>
    /// <param name="session">Which goes on.</param>
    /// <param name="features">What this end can do.</param>
    /// <param name="lost">The connection before, after whose address the next is tried first; null: this is the first.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null: the server does not know the session.</returns>
    public async Task<ShareConnection?> ConnectAsync(SessionKey session, WireFeatures features, ShareConnection? lost, CancellationToken cancellation)
    {
        int first = lost is null ? 0 : lost.Address + 1;
        if (lost is not null)
        {
            pace.Lost(lost.Address == 0, lost.Age);
        }

        for (TimeSpan pause = ShortestWait; ; pause = pause * 2 < LongestWait ? pause * 2 : LongestWait)
        {
            try
            {
                DialledConnection dialled = await race.RunAsync(Addresses.From(first), repeats: lost is not null, cancellation);
                first = dialled.Address + 1;
                return await GreetAsync(dialled, session, features, WireLimits.HandshakeTime, cancellation);
            }
            catch (IOException fault)
            {
                cancellation.ThrowIfCancellationRequested();
                if (lost is null)
                {
                    throw new CommandException(ExitCode.Fault, $"The server at {Addresses} does not answer: {fault.Message}", advice: null, fault);
                }
            }

            await Task.Delay(AddressRace.Spread(pause), cancellation);
        }
    }

    /// <summary>Tries the addresses that are preferred to the one in use, once each.</summary>
    /// <param name="current">What is in use, and stays so when nothing comes of it.</param>
    /// <param name="session">Which is to go on.</param>
    /// <param name="features">What this end can do.</param>
    /// <param name="cancellation">Ends the search. Once the server has been told to go on with the session there, that is seen through.</param>
    /// <returns>What takes its place; null: nothing does.</returns>
    public async Task<ShareConnection?> TryReturnAsync(ShareConnection current, SessionKey session, WireFeatures features, CancellationToken cancellation)
    {
        try
        {
            DialledConnection dialled = await race.RunAsync([.. Enumerable.Range(0, current.Address)], repeats: false, cancellation);
            ShareConnection? better = await GreetAsync(dialled, session, features, ReturnTime, CancellationToken.None);
            if (better is not null)
            {
                pace.Returned();
                wasTold = false;
                return better;
            }

            throw new CommandException(ExitCode.Fault, $"{Addresses[dialled.Address]} leads to another server, or one that does not know the session.");
        }
        catch (IOException)
        {
            return null; // It is still gone.
        }
        catch (CommandException fault)
        {
            if (!wasTold)
            {
                OnUntrusted(fault);
            }

            wasTold = true;
            return null;
        }
    }

    private async Task<ShareConnection?> GreetAsync(DialledConnection dialled, SessionKey session, WireFeatures features, TimeSpan time, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(time);
        bool isWelcome = false;
        try
        {
            await dialled.Transport.SendAsync(new Hello(1, 1, features, readOnly, session) { Role = role }.Encode(), patience.Token);
            Welcome? welcome = await ReceiveWelcomeAsync(dialled.Transport, patience.Token);
            isWelcome = welcome is not null;
            return isWelcome ? new ShareConnection(dialled.Transport, welcome!, dialled.Address) : null;
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException("No answer in time.", fault);
        }
        finally
        {
            if (!isWelcome)
            {
                dialled.Transport.Dispose();
            }
        }
    }

    private static async Task<Welcome?> ReceiveWelcomeAsync(IFrameTransport transport, CancellationToken cancellation)
    {
        byte[] frame = new byte[FrameHeader.Size + 4 + WireLimits.MaxText];
        int length = await transport.ReceiveAsync(frame, cancellation);
        if (Welcome.Decode(frame.AsSpan(0, length)) is { } welcome)
        {
            return welcome;
        }

        Farewell refused = Farewell.Decode(frame.AsSpan(0, length)) ?? throw new IOException("What answers is no server of this protocol.");
        return refused.Reason == FarewellReason.UnknownSession
            ? null
            : throw new CommandException(refused.Reason == FarewellReason.Busy ? ExitCode.Busy : ExitCode.Fault, $"The server refuses: {refused.Text}");
    }
}
