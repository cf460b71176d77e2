namespace AwsVpcCni.WarmPool.Model;

/// <summary>Whether IMDS shows something that should be there.</summary>
internal enum Showing
{
    Shown,

    /// <summary>A look did not show it, and EC2, which is asked, has not told yet: nobody gets an address of it.</summary>
    Missing,

    /// <summary>IMDS does not show it, which may last for hours, and EC2 has it, or may not be asked.</summary>
    Vouched,

    /// <summary>EC2 did not list it, whatever IMDS shows, and has not told again: nobody gets an address of it.</summary>
    Unlisted,
}
