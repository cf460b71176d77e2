using System.Globalization;
using System.Text;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Tracing;

/// <summary>
/// What happened, one line each, with its virtual time: the bug report of a failing seed. Its hash tells two runs apart, in one
/// process or in two.
/// </summary>
/// <param name="keep">False keeps only the last lines: long scenarios need no whole story.</param>
public sealed class Trace(World world, bool keep = true)
{
    private const int Tail = 2000;

    private readonly Queue<string> _lines = [];
    private ulong _hash = 14695981039346656037;

    /// <summary>The lines so far, or the last of them.</summary>
    public IEnumerable<string> Lines => _lines;

    public long Count { get; private set; }

    /// <summary>FNV-1a over all lines: the same in every process, unlike string.GetHashCode.</summary>
    public string Hash => _hash.ToString("x16", CultureInfo.InvariantCulture);

    public void Add(string who, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{(world.Now - TimeSpan.FromHours(1)).TotalSeconds,11:F4} {who,-12} {what}");
        foreach (var letter in line)
            _hash = (_hash ^ letter) * 1099511628211;
        Count++;
        _lines.Enqueue(line);
        if (!keep && _lines.Count > Tail)
            _lines.Dequeue();
    }

    /// <summary>Without its lines, which are many: hash and count stay.</summary>
    public Trace WithoutLines()
    {
        _lines.Clear();
        return this;
    }

    /// <summary>The lines as text, at most so many: the last ones.</summary>
    public string Text(int most = int.MaxValue)
    {
        var text = new StringBuilder();
        foreach (var line in _lines.Skip(Math.Max(0, _lines.Count - most)))
            text.AppendLine(line);
        return text.ToString();
    }
}
