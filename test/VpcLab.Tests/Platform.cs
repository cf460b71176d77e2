using System.Runtime.Versioning;

// What is tested is Linux's alone.
[assembly: SupportedOSPlatform("linux")]
