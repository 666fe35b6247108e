using Tessera.Container.Media;
using Tessera.Host.Metering;

namespace Tessera.Host.Tests;

/// <summary>Every call to the disk is counted once, under its name, failed ones as errors too.</summary>
public sealed class MeteredMediumTests
{
    [Fact]
    public void Calls_are_counted_with_their_bytes()
    {
        var meters = new CallMeters<DiskCall>();
        using var medium = new MeteredMedium(new ScriptedMedium(fails: false), meters);

        medium.Read(0, new byte[512]);
        medium.Write(0, new byte[1024], WriteMode.Direct);
        medium.Write(0, new byte[1024], WriteMode.Cached);
        medium.Write(0, new byte[2048], WriteMode.Durable);
        medium.Flush();
        medium.Grow(1 << 20);
        medium.Punch(0, 4096);

        meters.Read().Select(call => (call.Name, call.Count, call.Bytes, call.Errors)).ShouldBe(
        [
            ("read", 1, 512, 0), ("write", 2, 2048, 0), ("durable_write", 1, 2048, 0), ("flush", 1, 0, 0), ("grow", 1, 0, 0), ("punch", 1, 0, 0),
        ]);
    }

    [Fact]
    public void A_call_that_fails_fails_as_it_did_and_counts_as_an_error()
    {
        var meters = new CallMeters<DiskCall>();
        using var medium = new MeteredMedium(new ScriptedMedium(fails: true), meters);

        Should.Throw<MediumException>(() => medium.Read(0, new byte[512]));
        Should.Throw<MediumException>(() => medium.Write(0, new byte[512], WriteMode.Durable));
        Should.Throw<MediumException>(medium.Flush);

        meters.Read().Select(call => (call.Name, call.Count, call.Errors)).ShouldBe([("read", 1, 1), ("durable_write", 1, 1), ("flush", 1, 1)]);
    }

    /// <summary>Does nothing, or fails at everything.</summary>
    private sealed class ScriptedMedium(bool fails) : IMedium
    {
        public long Length => 0;

        public int Alignment => 512;

        public bool IsReadOnly => false;

        public long HostFreeBytes => 0;

        public void Read(long offset, Span<byte> buffer) => Do();

        public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode) => Do();

        public void Flush() => Do();

        public void Grow(long length) => Do();

        public void Punch(long offset, long length) => Do();

        public void Dispose()
        {
        }

        private void Do()
        {
            if (fails)
            {
                throw new MediumException("As planted.");
            }
        }
    }
}
