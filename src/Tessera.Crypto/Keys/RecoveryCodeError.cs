namespace Tessera.Crypto;

/// <summary>Why a text is not a recovery code, so that the person reading it aloud looks at the right place.</summary>
/// <param name="Reason">What is wrong.</param>
/// <param name="Group">The group it is in, 1 to 8; 0 when it cannot be told.</param>
public readonly record struct RecoveryCodeError(RecoveryCodeFault Reason, int Group)
{
    /// <summary>For the user; says where the fault is, never what was typed.</summary>
    public string Message => Describe("recovery code", RecoveryCode.GroupCount);

    /// <summary>The same of something else that is written in groups.</summary>
    internal string Describe(string what, int groups) => (Reason, Group) switch
    {
        (RecoveryCodeFault.None, _) => $"The {what} is well formed.",
        (RecoveryCodeFault.Length, 0) => $"A {what} has {groups} groups of {CodeText.GroupLength} characters.",
        (RecoveryCodeFault.Length, _) => $"Group {Group} of the {what} does not have {CodeText.GroupLength} characters.",
        (RecoveryCodeFault.Character, _) => $"Group {Group} of the {what} contains a character that no code has.",
        _ => $"Group {Group} of the {what} is mistyped.",
    };
}
