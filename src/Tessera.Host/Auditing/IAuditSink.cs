namespace Tessera.Host.Auditing;

/// <summary>Where records of what was done go.</summary>
internal interface IAuditSink
{
    /// <summary>No record can be written now, and nothing that would have one is to be done.</summary>
    bool IsRefusing { get; }

    /// <summary>Takes a record.</summary>
    /// <returns>False: it is not written, and the program is not to be told that it was done.</returns>
    ValueTask<bool> WriteAsync(AuditRecord record);

    /// <summary>Completes when the records taken so far are where they will be after a crash, as far as what they tell of is.</summary>
    ValueTask SettleAsync();
}
