using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>How many addresses a subnet had available when.</summary>
internal sealed class AvailableCount(int count)
{
    private readonly History<int> _past = new();
    private int _count = count;

    public int At(DateTimeOffset time) => _past.At(time, _count);

    public void Note(int count, DateTimeOffset at, TimeSpan lag)
    {
        _past.Forget(at - lag);
        if (count != _count && lag > TimeSpan.Zero)
            _past.Note(at, _count);
        _count = count;
    }
}
