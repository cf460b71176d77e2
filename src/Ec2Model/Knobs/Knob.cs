namespace AwsVpcCni.Ec2Model.Knobs;

/// <summary>One thing of <see cref="VpcOptions"/> that can be turned while EC2 runs, under a name.</summary>
public sealed class Knob
{
    private readonly Func<VpcOptions, string> _read;
    private readonly Func<VpcOptions, string, VpcOptions?> _write;

    /// <param name="write">Null when the text is no value of this knob.</param>
    internal Knob(string name, string description, string form, Func<VpcOptions, string> read, Func<VpcOptions, string, VpcOptions?> write)
    {
        Name = name;
        Description = description;
        Form = form;
        _read = read;
        _write = write;
    }

    /// <summary>Such as <c>latency.AttachNetworkInterface</c>.</summary>
    public string Name { get; }

    public string Description { get; }

    /// <summary>What a value looks like, such as <c>3s..9s</c>.</summary>
    public string Form { get; }

    /// <summary>Its value in these options; <see cref="KnobList.Apply"/> takes it back.</summary>
    public string In(VpcOptions options) => _read(options);

    internal VpcOptions? Write(VpcOptions options, string text) => _write(options, text);
}
