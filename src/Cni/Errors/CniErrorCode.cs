namespace AwsVpcCni.Cni.Errors;

/// <summary>The <c>code</c> of an error result. Up to 99 the specification's, from 100 this plugin's own.</summary>
public enum CniErrorCode
{
    /// <summary>The configuration's <c>cniVersion</c> is not one that this plugin speaks, or does not have the command.</summary>
    IncompatibleVersion = 1,

    /// <summary>A field's value is known to the specification and not supported here.</summary>
    UnsupportedField = 2,

    /// <summary>The container does not exist.</summary>
    UnknownContainer = 3,

    /// <summary>An environment variable is missing or wrong; the message names each.</summary>
    InvalidEnvironment = 4,

    /// <summary>Standard input or output failed.</summary>
    InputOutput = 5,

    /// <summary>Standard input is not the JSON that the specification asks for.</summary>
    Decode = 6,

    /// <summary>The configuration is JSON but says something impossible; the message names each key.</summary>
    InvalidConfiguration = 7,

    /// <summary>Nothing is wrong with the request: the runtime should ask again later.</summary>
    TryAgainLater = 11,

    /// <summary>STATUS: ADD can't be served.</summary>
    NotAvailable = 50,

    /// <summary>STATUS: ADD can't be served and running containers may have lost connectivity.</summary>
    NotAvailableAndLimited = 51,

    /// <summary>A defect of this plugin. The details hold its trace.</summary>
    Internal = 100,

    /// <summary>ipamd refused in a way that repeating does not cure; the message holds its reason.</summary>
    DaemonRefused = 101,

    /// <summary>
    /// The pod's network can't be built: the kernel refused a step, or the interface is there already; the message says which. What ADD
    /// was given went back.
    /// </summary>
    PodNetwork = 102,

    /// <summary>The network policy agent didn't confirm the pod's policies. The address was returned.</summary>
    NetworkPolicy = 103,

    /// <summary>The listener on <c>ipamdAddress</c> doesn't belong to root, so it isn't believed to be ipamd.</summary>
    ForeignListener = 104,

    /// <summary>CHECK found that the pod's network is not what ADD had built; the message says what differs.</summary>
    CheckFailed = 105,
}
