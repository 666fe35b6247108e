using System.Globalization;
using System.Text;

namespace Tessera.Server;

/// <summary>Writes metrics as Prometheus reads them: its text format, version 0.0.4. Names and labels are the program's own and need no escapes.</summary>
internal sealed class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new(8192);

    /// <summary>What goes up and down.</summary>
    public void Gauge(string name, string help, double value)
    {
        Begin(name, "gauge", help);
        Sample(name, string.Empty, value);
    }

    /// <summary>What only grows, from the start of the program.</summary>
    public void Counter(string name, string help, double value)
    {
        Begin(name, "counter", help);
        Sample(name, string.Empty, value);
    }

    /// <summary>What only grows, counted apart for each value of one label.</summary>
    public void Counters(string name, string help, string label, IEnumerable<(string Of, double Value)> samples)
    {
        Begin(name, "counter", help);
        foreach ((string of, double value) in samples)
        {
            Sample(name, $"{{{label}=\"{of}\"}}", value);
        }
    }

    public override string ToString() => text.ToString();

    private void Begin(string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private void Sample(string name, string labels, double value) => text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
}
