using Tessera.Container;
using Tessera.Host.Metering;

namespace Tessera.Host.Serving;

/// <summary>An open store and the meters of the disk beneath it.</summary>
internal sealed record MeteredStore(ContainerStore Store, CallMeters<DiskCall> Disk);
