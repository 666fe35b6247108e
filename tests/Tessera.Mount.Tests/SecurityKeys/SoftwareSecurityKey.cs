using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tessera.Mount.Tests.SecurityKeys;

/// <summary>A security key in software, spoken to by the real tools of libfido2 as one on USB is (CTAP 2.0, section 8.1): reports of 64 bytes, messages cut over them.</summary>
internal sealed class SoftwareSecurityKey : IDisposable
{
    private const int Header = 7;
    private const int Continued = 5;
    private const int MaxMessage = 7609;
    private const byte First = 0x80;
    private const byte Initialize = 0x86;
    private const byte Cbor = 0x90;
    private const byte KeepAlive = 0xBB;
    private const byte Error = 0xBF;
    private const byte InvalidCommand = 1;
    private const byte UserPresenceNeeded = 2;
    private const byte HasCbor = 0x0C;
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromMilliseconds(100);

    private readonly HidTerminal terminal = new();
    private readonly SoftwareAuthenticator authenticator;
    private readonly Thread thread;
    private readonly ManualResetEventSlim unplugged = new();
    private byte[] currentChannel = [];

    public SoftwareSecurityKey(string? pin = null, bool isSilent = true)
    {
        authenticator = new SoftwareAuthenticator(pin, isSilent, WaitForTouch);
        thread = new Thread(Serve) { IsBackground = true, Name = "security key" };
        thread.Start();
    }

    /// <summary>What libfido2 opens.</summary>
    public string Path => terminal.Path;

    public Touching Touching { get; set; }

    /// <summary>How often it was touched.</summary>
    public int Touches { get; private set; }

    /// <summary>Wrong PINs that it still takes.</summary>
    public int PinTriesLeft => authenticator.PinTriesLeft;

    public void Dispose()
    {
        unplugged.Set();
        terminal.Dispose();
        thread.Join();
        terminal.Close();
        authenticator.Dispose();
        unplugged.Dispose();
    }

    private void Serve()
    {
        byte[] report = new byte[HidTerminal.ReportSize];
        byte[] message = new byte[MaxMessage];
        while (terminal.TryRead(report))
        {
            byte command = report[4];
            if (command < First)
            {
                continue; // The end of what somebody did not finish.
            }

            byte[] channel = report[..4];
            int length = BinaryPrimitives.ReadUInt16BigEndian(report.AsSpan(5));
            int have = Math.Min(length, report.Length - Header);
            report.AsSpan(Header, have).CopyTo(message);
            while (have < length && terminal.TryRead(report))
            {
                int more = Math.Min(length - have, report.Length - Continued);
                report.AsSpan(Continued, more).CopyTo(message.AsSpan(have));
                have += more;
            }

            Answer(channel, command, message.AsSpan(0, length));
        }
    }

    private void Answer(byte[] channel, byte command, ReadOnlySpan<byte> message)
    {
        switch (command)
        {
            case Initialize:
                terminal.ForgetUnread();
                Send(channel, command, [.. message, .. RandomNumberGenerator.GetBytes(4), 2, 1, 0, 0, HasCbor]);
                break;
            case Cbor:
                currentChannel = channel;
                Send(channel, command, authenticator.Answer(message));
                break;
            default:
                Send(channel, Error, [InvalidCommand]);
                break;
        }
    }

    /// <summary>A status of CTAP: 0 when it was touched.</summary>
    private byte WaitForTouch()
    {
        const byte Denied = 0x27;
        const byte TimedOut = 0x2F;
        Send(currentChannel, KeepAlive, [UserPresenceNeeded]);
        while (Touching == Touching.Never && !unplugged.Wait(s_keepAlive))
        {
            Send(currentChannel, KeepAlive, [UserPresenceNeeded]);
        }

        Touches += Touching == Touching.AtOnce ? 1 : 0;
        return Touching switch
        {
            Touching.AtOnce => 0,
            Touching.Refuses => Denied,
            _ => TimedOut,
        };
    }

    private void Send(byte[] channel, byte command, ReadOnlySpan<byte> message)
    {
        byte[] report = new byte[HidTerminal.ReportSize];
        channel.CopyTo(report, 0);
        report[4] = command;
        BinaryPrimitives.WriteUInt16BigEndian(report.AsSpan(5), (ushort)message.Length);
        int sent = Math.Min(message.Length, report.Length - Header);
        message[..sent].CopyTo(report.AsSpan(Header));
        terminal.Write(report);
        for (byte sequence = 0; sent < message.Length; sequence++)
        {
            report.AsSpan(4).Clear();
            report[4] = sequence;
            int more = Math.Min(message.Length - sent, report.Length - Continued);
            message.Slice(sent, more).CopyTo(report.AsSpan(Continued));
            terminal.Write(report);
            sent += more;
        }
    }
}
