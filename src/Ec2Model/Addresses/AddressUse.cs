namespace AwsVpcCni.Ec2Model.Addresses;

/// <summary>What an address of a subnet is kept for.</summary>
internal enum AddressUse
{
    /// <summary>Anything.</summary>
    Any,

    /// <summary>In a reservation of type prefix.</summary>
    Prefixes,

    /// <summary>In a reservation of type explicit.</summary>
    Named,
}
