namespace AwsVpcCni.Linux.Files;

/// <summary>A regular file that is longer than its reader takes: none of it was read, and a second name for it costs no space.</summary>
/// <param name="length">Bytes that it has.</param>
/// <param name="most">Bytes that it may have.</param>
public sealed class FileTooLongException(string path, long length, long most)
    : IOException($"{path} has {length} bytes, more than the {most} it can have");
