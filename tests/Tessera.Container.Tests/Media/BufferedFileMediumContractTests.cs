namespace Tessera.Container.Tests.Media;

/// <summary>The contract where the host has no O_DIRECT.</summary>
public sealed class BufferedFileMediumContractTests : FileMediumContractTests
{
    protected override bool DirectIo => false;
}
