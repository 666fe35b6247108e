namespace Tessera.Container.Backup;

/// <summary>A backup could not be taken or restored. The message names the file, never key material.</summary>
public sealed class BackupException : IOException
{
    public BackupException()
        : this(BackupFault.Damaged, "The backup is damaged.")
    {
    }

    public BackupException(string message)
        : this(BackupFault.Damaged, message)
    {
    }

    public BackupException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public BackupException(BackupFault fault, string message)
        : base(message) => Fault = fault;

    public BackupFault Fault { get; }
}
