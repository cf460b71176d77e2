using System.Runtime.Versioning;

// Namespaces, netlink and mounts are Linux's; so are all callers of this program.
[assembly: SupportedOSPlatform("linux")]
