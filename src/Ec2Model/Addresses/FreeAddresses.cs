namespace AwsVpcCni.Ec2Model.Addresses;

/// <summary>Free offsets of one subnet that are kept for the same use; adding, removing and picking any cost the same at every size.</summary>
/// <param name="places">Where each offset is in its list; one array for all lists, as an offset is in one list at most.</param>
internal sealed class FreeAddresses(int[] places)
{
    private readonly List<int> _offsets = [];

    public int Count => _offsets.Count;

    public int this[int index] => _offsets[index];

    public void Add(int offset)
    {
        places[offset] = _offsets.Count;
        _offsets.Add(offset);
    }

    public void Remove(int offset)
    {
        var place = places[offset];
        var last = _offsets[^1];
        _offsets[place] = last;
        places[last] = place;
        _offsets.RemoveAt(_offsets.Count - 1);
        places[offset] = -1;
    }
}
