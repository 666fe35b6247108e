using System.Globalization;
using System.Reflection;
using System.Text;

namespace Tessera.Differential;

/// <summary>One process of a differential test: "Tessera.Differential UID" makes the calls that its standard input asks for, a line each, and answers each by a line.</summary>
/// <remarks>
/// "begin DIRECTORY" forgets all and works there from now on; "do OPERATION" makes one call, "watch OPERATION" tells which times it marked
/// as well; "tree" tells all there is below the directory; "end" closes every descriptor. It ends when its input does.
/// </remarks>
internal static class Program
{
    private static void Main(string[] arguments)
    {
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var requests = new StreamReader(Console.OpenStandardInput(), encoding);
        using var answers = new StreamWriter(Console.OpenStandardOutput(), encoding) { AutoFlush = true };
        using var executor = new Executor();
        foreach (AssemblyName used in typeof(Program).Assembly.GetReferencedAssemblies())
        {
            _ = Assembly.Load(used); // The user may not be allowed to read where .NET is.
        }

        Identity.Become(uint.Parse(arguments[0], CultureInfo.InvariantCulture));
        while (requests.ReadLine() is { } request)
        {
            answers.WriteLine(Answer(executor, request));
        }
    }

    private static string Answer(Executor executor, string request)
    {
        int space = request.IndexOf(' ', StringComparison.Ordinal);
        string verb = space < 0 ? request : request[..space];
        string rest = request[(space + 1)..];
        switch (verb)
        {
            case "begin":
                executor.Begin(rest);
                return verb;
            case "do":
                return executor.Step(Operation.Parse(rest), marks: false);
            case "watch":
                return executor.Step(Operation.Parse(rest), marks: true);
            case "tree":
                return executor.Tree();
            case "end":
                executor.End();
                return verb;
            default:
                throw new InvalidOperationException($"There is no such request: {request}");
        }
    }
}
