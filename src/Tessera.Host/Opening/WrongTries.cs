using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Format;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Opening;

/// <summary>Makes who tries passphrases of a lock by the command wait longer and longer (docs/adr/0012-a-lock-is-a-volume.md, Wrong tries). It slows a person at the keyboard, or a script around the
/// command; what slows who copies the lock is Argon2id.</summary>
internal sealed class WrongTries : IDisposable
{
    private const string DirectoryName = "tries";
    private const uint OwnerOnly = 0x180; // 0600
    private const int ShownEveryMs = 250;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private readonly string _path;
    private readonly SafeFileHandle _file;

    private WrongTries(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Opens a volume. Where that is one like a lock, wrong tries before make this one wait, and it counts if it is wrong.</summary>
    /// <param name="header">The volume's: small sealed ones are counted, which locks are.</param>
    /// <param name="open">Reads what the user has, and tries it.</param>
    /// <exception cref="OperationCanceledException">Interrupted while it waited.</exception>
    /// <exception cref="CommandException">What <paramref name="open"/> throws; or another try of the same takes too long.</exception>
    public static T Count<T>(ContainerHeader header, Func<T> open)
    {
        using WrongTries? tries = header is { Places.IsSmall: true, Profile: ContainerProfile.Sealed } ? TryEnter(header.VolumeId) : null;
        if (tries is null)
        {
            return open();
        }

        TryRecord before = TryRecord.Read(tries._file, DateTimeOffset.UtcNow);
        try
        {
            Wait(before);
            T opened = open();
            tries.Forget();
            return opened;
        }
        catch (CommandException wrong) when (wrong.Code == ExitCode.WrongPassphrase)
        {
            tries.Note(before.Next(DateTimeOffset.UtcNow));
            throw;
        }
        catch when (before.Wrong == 0)
        {
            tries.Forget(); // Nothing was tried, and nothing is to be remembered.
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Takes the lock of this volume's file, which is made if need be; null where nothing can be written: that keeps nobody out.</summary>
    private static WrongTries? TryEnter(Guid volume)
    {
        if (UserState.Prepare(DirectoryName) is not { } directory)
        {
            return null;
        }

        string path = Path.Combine(directory, TryRecord.NameOf(volume));
        long started = Environment.TickCount64;
        using var turn = new TurnWait();
        while (true)
        {
            int descriptor = Libc.OpenOrCreate(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC, OwnerOnly);
            if (descriptor < 0)
            {
                WarnUncounted(Marshal.GetLastPInvokeError());
                return null;
            }

            var file = new SafeFileHandle(descriptor, ownsHandle: true);
            int error = Libc.Lock(file, Libc.LOCK_EX | Libc.LOCK_NB) == 0 ? 0 : Marshal.GetLastPInvokeError();
            if (error == 0 && FileIdentity.Of(file) == FileIdentity.Of(file, path))
            {
                return new WrongTries(path, file);
            }

            file.Dispose(); // Another process has it; or had it, and has removed the name.
            if (error is not (0 or Libc.EAGAIN or Libc.EINTR))
            {
                WarnUncounted(error);
                return null;
            }

            if (Environment.TickCount64 - started > s_patience.TotalMilliseconds)
            {
                throw new CommandException(ExitCode.Busy, "Somebody else is trying a passphrase of the same.", "End that, or wait for it.");
            }

            turn.Pass(isTaken: error != 0);
        }
    }

    /// <summary>Until the next try may be made.</summary>
    private static void Wait(TryRecord before)
    {
        long left = (long)before.Left(DateTimeOffset.UtcNow).TotalMilliseconds;
        if (left <= 0)
        {
            return;
        }

        using var interrupt = new Interrupt();
        long until = Environment.TickCount64 + left;
        bool isShown = !Console.IsErrorRedirected;
        if (!isShown)
        {
            Console.Error.WriteLine(Sentence(before, left));
        }

        for (; left > 0; left = until - Environment.TickCount64)
        {
            if (isShown)
            {
                Console.Error.Write($"\r{Sentence(before, left)}\x1b[K");
            }

            interrupt.Token.WaitHandle.WaitOne((int)(isShown ? Math.Min(left, ShownEveryMs) : left));
            if (isShown && interrupt.Token.IsCancellationRequested)
            {
                Console.Error.WriteLine();
            }

            interrupt.Token.ThrowIfCancellationRequested();
        }

        if (isShown)
        {
            Console.Error.Write("\r\x1b[K");
        }
    }

    private static string Sentence(TryRecord before, long leftMs) =>
        string.Create(CultureInfo.InvariantCulture, $"{before.Wrong} wrong tries: the next one is in {(leftMs + 999) / 1000} s (Ctrl-C ends this).");

    /// <summary>Also when the command is killed right after this, it is counted.</summary>
    private void Note(TryRecord record)
    {
        try
        {
            record.Write(_file);
            if (record.Wrong == 1)
            {
                TryRecord.Prune(Path.GetDirectoryName(_path)!, except: _path);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"tessera: this wrong try is not counted: {fault.Message}");
        }
    }

    /// <summary>Whoever waits for the lock of the file sees that it has no name any more.</summary>
    private void Forget() => _ = Libc.Unlink(_path);

    private static void WarnUncounted(int error) => Console.Error.WriteLine($"tessera: wrong tries are not counted: {Libc.Describe(error)}.");
}
