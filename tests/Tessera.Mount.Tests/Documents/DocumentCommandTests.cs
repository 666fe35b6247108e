using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Documents;

/// <summary>What the documents tell users to type works, in a terminal, for a user who begins with nothing.</summary>
public sealed class DocumentCommandTests
{
    public static TheoryData<string> DocumentsWithCommands =>
        [.. DocumentBlock.Documents(TesseraCommand.Root).Where(document => DocumentBlock.Of(TesseraCommand.Root, document).Exists(block => block.Use == BlockUse.Run))];

    [Fact]
    public void Every_block_of_commands_is_run_or_says_why_not() =>
        DocumentBlock.Documents(TesseraCommand.Root)
            .SelectMany(document => DocumentBlock.Of(TesseraCommand.Root, document))
            .Where(block => block.Use == BlockUse.Unmarked)
            .ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(DocumentsWithCommands))]
    public async Task The_commands_of_a_document_work(string document)
    {
        TesseraCommand.Do("--version"); // Built by now: the new user's home has no packages.
        await using var home = new UserHome();
        foreach (DocumentBlock block in DocumentBlock.Of(TesseraCommand.Root, document).Where(block => block.Use is BlockUse.Run or BlockUse.Given))
        {
            ProgramResult result = home.Type(block.Commands);
            result.ExitCode.ShouldBe(0, $"{block}\n{result}");
        }

        home.Check();
    }

    [Theory]
    [InlineData("false\ntrue")]
    [InlineData("./tessera no-such-verb")]
    [InlineData("./tessera init ~/v --no-such-option")]
    public async Task A_command_that_does_not_work_is_noticed(string commands)
    {
        await using var home = new UserHome();

        home.Type(commands).ExitCode.ShouldNotBe(0);
    }
}
