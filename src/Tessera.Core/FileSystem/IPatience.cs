namespace Tessera.Core.FileSystem;

/// <summary>A door's knowledge of who still waits for answers.</summary>
public interface IPatience
{
    /// <summary>Whether the caller is being killed: nobody will see what comes of the request. False where that cannot be found out.</summary>
    bool IsDying(in Caller caller);
}
