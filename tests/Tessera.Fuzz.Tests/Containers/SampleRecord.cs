using Tessera.Container.Logging;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>A log record, opened, and where it starts.</summary>
internal sealed record SampleRecord(long Position, LogRecord Header, byte[] Body);
