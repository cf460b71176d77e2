using System.Text;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>Parameters as one text, equal for equal ones; every part is preceded by its length, so none can imitate another.</summary>
internal sealed class CanonicalText
{
    private readonly StringBuilder _text = new();

    public CanonicalText Add(object? value)
    {
        var part = value?.ToString();
        _text.Append(part?.Length ?? -1).Append(':').Append(part);
        return this;
    }

    public CanonicalText AddAll<T>(IEnumerable<T> values)
    {
        foreach (var value in values)
            Add(value);
        _text.Append(';');
        return this;
    }

    public override string ToString() => _text.ToString();
}
