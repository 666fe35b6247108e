using System.Reflection;

namespace Tessera.Conformance.Tests.Running;

/// <summary>A clause with the method that shows it.</summary>
internal sealed record ConformanceCase(string Clause, string Text, Ground Ground, Action<Room> Run)
{
    /// <summary>Every case of the suite, ordered by clause.</summary>
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        .. from type in typeof(ConformanceCase).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
           let clause = method.GetCustomAttribute<ClauseAttribute>()
           where clause is not null
           orderby clause.Id
           select new ConformanceCase(clause.Id, clause.Text, clause.Ground, method.CreateDelegate<Action<Room>>()),
    ];

    public static ConformanceCase Of(string clause) => All.Single(one => string.Equals(one.Clause, clause, StringComparison.Ordinal));
}
