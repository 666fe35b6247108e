using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests;

/// <summary>Every clause on every place: it holds, or it deviates as <see cref="Deviations"/> says.</summary>
public sealed class ConformanceTests(PlaceSet places) : IClassFixture<PlaceSet>
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases =>
        from place in PlaceSet.Names
        from one in ConformanceCase.All
        select new TheoryDataRow<string, string>(place, one.Clause).WithTrait("Place", place);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Clause_holds_or_deviates_as_listed(string place, string clause)
    {
        var one = ConformanceCase.Of(clause);
        using Room room = places.NewRoom(place, one.Ground);
        Deviation? known = Deviations.Find(place, clause);
        if (known is null)
        {
            one.Run(room);
        }
        else
        {
            Exception failure = Should.Throw<Exception>(() => one.Run(room), $"It holds now: strike it off the deviations ({known.Reason})");
            Outcome.Of(failure).ShouldBe(known.Seen, "It deviates otherwise than listed");
        }
    }
}
