using System.Text.RegularExpressions;
using System.Xml.Linq;
using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Mutants;

/// <summary>A copy of the sources in which mutants are built as the command that users run, and judged by this very suite.</summary>
public sealed partial class MutantTree : IDisposable
{
    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_suiteLimit = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory(Place.Prefix + "mutants-");
    private bool _isFilled;
    private IReadOnlyList<string>? _withoutMutant;

    /// <summary>Builds the sources with a mutant in them, or as they are, and runs the suite on a mount of the result.</summary>
    /// <returns>The clauses that failed.</returns>
    internal IReadOnlyList<string> FailingClauses(Mutant? mutant)
    {
        Fill();
        if (mutant is null)
        {
            return _withoutMutant ??= BuildAndJudge();
        }

        Programs.Run(_root.FullName, "git", "apply", mutant.Patch);
        try
        {
            return BuildAndJudge();
        }
        finally
        {
            Programs.Run(_root.FullName, "git", "apply", "--reverse", mutant.Patch);
        }
    }

    public void Dispose() => _root.Delete(recursive: true);

    /// <summary>Programs find the command that they test above themselves: the suite goes into the tree as well.</summary>
    private void Fill()
    {
        if (!_isFilled)
        {
            Programs.Shell(TesseraCommand.Root, $"tar -c --exclude=bin --exclude=obj src tessera Tessera.slnx global.json Directory.*.props BannedSymbols.txt .editorconfig | tar -x -C '{_root.FullName}'");
            Programs.Shell(AppContext.BaseDirectory, $"mkdir '{_root.FullName}/suite' && tar -c . | tar -x -C '{_root.FullName}/suite'");
            _isFilled = true;
        }
    }

    private List<string> BuildAndJudge()
    {
        ProgramResult build = Programs.TryRun(new ProgramStart(Path.Combine(_root.FullName, "tessera"), "--version") { Limit = s_buildLimit });
        build.ExitCode.ShouldBe(0, build.ToString());
        string report = Path.Combine(_root.FullName, "report.xml");
        File.Delete(report);
        ProgramResult suite = Programs.TryRun(new ProgramStart(
            Path.Combine(_root.FullName, "suite", "Tessera.Conformance.Tests"),
            "-noColor",
            "-preEnumerateTheories",
            "-class",
            typeof(ConformanceTests).FullName!,
            "-trait",
            $"Place={PlaceSet.Tessera}",
            "-xml",
            report)
        { Limit = s_suiteLimit });
        File.Exists(report).ShouldBeTrue(suite.ToString());
        List<XElement> tests = [.. XDocument.Load(report).Descendants("test")];
        tests.Count.ShouldBe(ConformanceCase.All.Count, suite.ToString());
        return
        [
            .. from test in tests
               where test.Attribute("result")!.Value is "Fail"
               select ClauseOf().Match(test.Attribute("name")!.Value).Groups["clause"].Value,
        ];
    }

    [GeneratedRegex("clause: \\\\?\"(?<clause>[^\"\\\\]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClauseOf();
}
