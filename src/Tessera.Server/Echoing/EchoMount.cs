namespace Tessera.Server.Echoing;

/// <summary>The mount through which changes are repeated.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Device">Its device number's minor.</param>
internal sealed record EchoMount(string Path, uint Device);
