using System.Globalization;
using AwsVpcCni.Ec2Model.Throttling;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Knobs;

/// <summary>Knobs by the form of their values.</summary>
internal static class KnobForms
{
    private const string None = "none";

    public static Knob Duration(
        string name, string description, Func<VpcOptions, DurationRange> read, Func<VpcOptions, DurationRange, VpcOptions> write) =>
        new(name, description, "3s..9s, 250ms or 0",
            options => read(options).ToString(),
            (options, text) => DurationRange.TryParse(text, out var range) ? write(options, range) : null);

    public static Knob Switch(string name, string description, Func<VpcOptions, bool> read, Func<VpcOptions, bool, VpcOptions> write) =>
        new(name, description, "on or off",
            options => read(options) ? "on" : "off",
            (options, text) => text switch
            {
                "on" or "true" => write(options, true),
                "off" or "false" => write(options, false),
                _ => null,
            });

    public static Knob Number(
        string name, string description, int min, int max, Func<VpcOptions, int> read, Func<VpcOptions, int, VpcOptions> write) =>
        new(name, description, $"{min} to {max}",
            options => read(options).ToString(CultureInfo.InvariantCulture),
            (options, text) => Int(text) is { } number && number >= min && number <= max ? write(options, number) : null);

    public static Knob Limit(string name, string description, Func<VpcOptions, int?> read, Func<VpcOptions, int?, VpcOptions> write) =>
        new(name, description, "1 or more, or none",
            options => read(options)?.ToString(CultureInfo.InvariantCulture) ?? None,
            (options, text) => text == None ? write(options, null) : Int(text) is { } number and > 0 ? write(options, number) : null);

    public static Knob Share(string name, string description, Func<VpcOptions, double> read, Func<VpcOptions, double, VpcOptions> write) =>
        new(name, description, "0 to 1",
            options => Text(read(options)),
            (options, text) => Real(text) is { } share and <= 1 ? write(options, share) : null);

    public static Knob Rate(string name, string description, Func<VpcOptions, double> read, Func<VpcOptions, double, VpcOptions> write) =>
        new(name, description, "calls per second",
            options => Text(read(options)),
            (options, text) => Real(text) is { } rate ? write(options, rate) : null);

    public static Knob Bucket(
        string name, string description, Func<VpcOptions, BucketSize> read, Func<VpcOptions, BucketSize, VpcOptions> write) =>
        new(name, description, "tokens/refill per second, such as 50/5",
            options => read(options).ToString(),
            (options, text) => BucketSize.TryParse(text, out var size) ? write(options, size) : null);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static int? Int(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double? Real(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
