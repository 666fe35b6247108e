using System.Text.RegularExpressions;
using System.Xml.Linq;
using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Mutants;

/// <summary>A copy of the sources in which mutants are built as the command that users run, and judged by this very suite or by tests on a mount.</summary>
public sealed partial class MutantTree : IDisposable
{
    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_suiteLimit = TimeSpan.FromMinutes(20);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory(Place.Prefix + "mutants-");
    private bool _isFilled;

    /// <summary>What fails of all that shall catch these mutants, with none of them in the sources.</summary>
    internal IReadOnlyList<string> FailWithout(IReadOnlyList<Mutant> mutants)
    {
        Fill();
        Build();
        return
        [
            .. mutants.Any(mutant => mutant.IsCaughtByClause) ? FailingClauses() : [],
            .. mutants.Where(mutant => !mutant.IsCaughtByClause).Select(mutant => mutant.CaughtBy).Distinct().Where(Fails),
        ];
    }

    /// <summary>Builds the sources with the mutant in them and asks what has to catch it.</summary>
    internal bool IsCaught(Mutant mutant)
    {
        Fill();
        Programs.Run(_root.FullName, "git", "apply", mutant.Patch);
        try
        {
            Build();
            return mutant.IsCaughtByClause ? FailingClauses().Contains(mutant.CaughtBy) : Fails(mutant.CaughtBy);
        }
        finally
        {
            Programs.Run(_root.FullName, "git", "apply", "--reverse", mutant.Patch);
        }
    }

    public void Dispose() => _root.Delete(recursive: true);

    /// <summary>Programs find the command that they test above themselves: the suites go into the tree as well.</summary>
    private void Fill()
    {
        if (!_isFilled)
        {
            Programs.Shell(TesseraCommand.Root, $"tar -c --exclude=bin --exclude=obj src tessera Tessera.slnx global.json Directory.*.props BannedSymbols.txt .editorconfig | tar -x -C '{_root.FullName}'");
            CopyProgram(AppContext.BaseDirectory, "conformance");
            CopyProgram(MountSuite.Built, "mount");
            _isFilled = true;
        }
    }

    private void CopyProgram(string directory, string name) => Programs.Shell(directory, $"mkdir '{_root.FullName}/{name}' && tar -c . | tar -x -C '{_root.FullName}/{name}'");

    private void Build()
    {
        ProgramResult build = Programs.TryRun(new ProgramStart(Path.Combine(_root.FullName, "tessera"), "--version") { Limit = s_buildLimit });
        build.ExitCode.ShouldBe(0, build.ToString());
    }

    private List<string> FailingClauses()
    {
        List<XElement> tests = Judge("conformance", "Tessera.Conformance.Tests", ConformanceCase.All.Count, "-preEnumerateTheories", "-class", typeof(ConformanceTests).FullName!, "-trait", $"Place={PlaceSet.Tessera}");
        return
        [
            .. from test in tests
               where IsFailed(test)
               select ClauseOf().Match(test.Attribute("name")!.Value).Groups["clause"].Value,
        ];
    }

    /// <param name="method">Class.Method; of a theory all cases are run.</param>
    private bool Fails(string method) => Judge("mount", MountSuite.Program, 1, "-method", $"*.{method}").Exists(IsFailed);

    /// <summary>Runs tests of one of the programs.</summary>
    /// <param name="least">Fewer were not what was meant.</param>
    private List<XElement> Judge(string directory, string program, int least, params string[] filter)
    {
        string report = Path.Combine(_root.FullName, "report.xml");
        File.Delete(report);
        ProgramResult suite = Programs.TryRun(new ProgramStart(Path.Combine(_root.FullName, directory, program), ["-noColor", .. filter, "-xml", report]) { Limit = s_suiteLimit });
        File.Exists(report).ShouldBeTrue(suite.ToString());
        List<XElement> tests = [.. XDocument.Load(report).Descendants("test")];
        tests.Count.ShouldBeGreaterThanOrEqualTo(least, suite.ToString());
        tests.ShouldNotContain(test => test.Attribute("result")!.Value == "Skip", suite.ToString());
        return tests;
    }

    private static bool IsFailed(XElement test) => test.Attribute("result")!.Value is "Fail";

    [GeneratedRegex("clause: \\\\?\"(?<clause>[^\"\\\\]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClauseOf();
}
