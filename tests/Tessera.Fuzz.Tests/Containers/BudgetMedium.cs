using Tessera.Container.Media;
using Tessera.Testing.Containers;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>Counts calls, so that a reader that goes round in circles ends by a count and not by a clock.</summary>
internal sealed class BudgetMedium(IMedium inner, int calls) : MediumDecorator(inner)
{
    private int spent;

    public override void Read(long offset, Span<byte> buffer)
    {
        Spend();
        base.Read(offset, buffer);
    }

    public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        Spend();
        base.Write(offset, data, mode);
    }

    private void Spend()
    {
        if (++spent > calls)
        {
            throw new InvalidOperationException($"More than {calls:N0} reads and writes of the medium.");
        }
    }
}
