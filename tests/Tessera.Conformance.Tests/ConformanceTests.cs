using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests;

/// <summary>Every clause on every place: it holds, or it deviates as <see cref="Deviations"/> says.</summary>
public sealed class ConformanceTests(PlaceSet places) : IClassFixture<PlaceSet>
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string place in PlaceSet.Names)
            {
                foreach (ConformanceCase one in ConformanceCase.All)
                {
                    data.Add(place, one.Clause);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Clause_holds_or_deviates_as_listed(string place, string clause)
    {
        using Room room = places.NewRoom(place);
        Deviation? known = Deviations.Find(place, clause);
        if (known is null)
        {
            ConformanceCase.Of(clause).Run(room);
        }
        else
        {
            Should.Throw<Exception>(() => ConformanceCase.Of(clause).Run(room), $"It holds now: strike it off the deviations ({known.Reason})");
        }
    }
}
