namespace Tessera.Crypto;

/// <summary>Why a text is not a recovery code, so that the person reading it aloud looks at the right place.</summary>
/// <param name="Reason">What is wrong.</param>
/// <param name="Group">The group it is in, 1 to 8; 0 when it cannot be told.</param>
public readonly record struct RecoveryCodeError(RecoveryCodeFault Reason, int Group)
{
    /// <summary>For the user; says where the fault is, never what was typed.</summary>
    public string Message => (Reason, Group) switch
    {
        (RecoveryCodeFault.None, _) => "The recovery code is well formed.",
        (RecoveryCodeFault.Length, 0) => "A recovery code has 8 groups of 5 characters.",
        (RecoveryCodeFault.Length, _) => $"Group {Group} of the recovery code does not have 5 characters.",
        (RecoveryCodeFault.Character, _) => $"Group {Group} of the recovery code contains a character that no code has.",
        _ => $"Group {Group} of the recovery code is mistyped.",
    };
}
