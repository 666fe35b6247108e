using System.Text;
using Tessera.Host.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.Tests;

public sealed class PassphraseReaderTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Read_of_a_file_gives_all_its_bytes()
    {
        File.WriteAllText(_file, "correct horse\nbattery");

        using SecretInput input = PassphraseReader.Read(new PassphraseSource(_file, null), "?");

        Encoding.UTF8.GetString(input.Bytes).ShouldBe("correct horse\nbattery");
    }

    [Fact]
    public void Read_of_a_command_gives_its_first_line()
    {
        using SecretInput input = PassphraseReader.Read(new PassphraseSource(null, "printf 'one two\\nthree\\n'"), "?");

        Encoding.UTF8.GetString(input.Bytes).ShouldBe("one two");
    }

    [Fact]
    public void Read_of_a_failing_command_says_its_exit_code_and_not_what_it_printed()
    {
        CommandException fault = Should.Throw<CommandException>(() => PassphraseReader.Read(new PassphraseSource(null, "echo hunter2; exit 3"), "?"));

        fault.Message.ShouldContain("exit code 3");
        fault.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public void Read_of_an_empty_file_is_refused() =>
        Should.Throw<CommandException>(() => PassphraseReader.Read(new PassphraseSource(_file, null), "?")).Code.ShouldBe(ExitCode.Usage);

    [Fact]
    public void Read_of_a_file_beyond_the_limit_is_refused()
    {
        File.WriteAllBytes(_file, new byte[SecretInput.MaxBytes + 1]);

        Should.Throw<CommandException>(() => PassphraseReader.Read(new PassphraseSource(_file, null), "?")).Message.ShouldContain("64 KiB");
    }

    [Fact]
    public void Read_of_a_missing_file_names_it() =>
        Should.Throw<CommandException>(() => PassphraseReader.Read(new PassphraseSource("/nowhere/key", null), "?")).Message.ShouldContain("/nowhere/key");

    [Fact]
    public void Read_from_both_is_a_usage_error() =>
        Should.Throw<CommandException>(() => PassphraseReader.Read(new PassphraseSource(_file, "true"), "?")).Code.ShouldBe(ExitCode.Usage);

    [Fact]
    public void RemoveLastCharacter_takes_a_whole_character_away()
    {
        using var input = new SecretInput();
        input.TryAppend("aß€"u8).ShouldBeTrue();

        input.RemoveLastCharacter();

        Encoding.UTF8.GetString(input.Bytes).ShouldBe("aß");
    }
}
