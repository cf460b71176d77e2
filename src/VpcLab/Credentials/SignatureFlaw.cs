namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>Why a request isn't let in; each API words it in its own way.</summary>
internal enum SignatureFlaw
{
    None,

    /// <summary>It isn't signed at all.</summary>
    Missing,

    /// <summary>It is no signature of version 4.</summary>
    Unreadable,

    /// <summary>Credentials that this account never gave out.</summary>
    UnknownKey,

    /// <summary>By another secret, over another request, or for another region or service.</summary>
    Wrong,

    /// <summary>Its date is too far from now: one of the clocks is wrong, or it was presigned long ago.</summary>
    WrongTime,

    CredentialsExpired,
}
