namespace Tessera.Host.Policies;

/// <summary>What of a policy is about one workspace.</summary>
internal sealed class WorkspacePolicy(bool allows, IReadOnlyList<PolicyRule> rules)
{
    /// <summary>What may be done with a path: what a rule allows, or the default does, and no rule denies.</summary>
    public AccessRights RightsTo(ReadOnlySpan<byte> path)
    {
        AccessRights allowed = allows ? AccessRights.All : AccessRights.None;
        AccessRights denied = AccessRights.None;
        foreach (PolicyRule rule in rules)
        {
            if (rule.Covers(path))
            {
                allowed |= rule.Allows ? rule.Rights : AccessRights.None;
                denied |= rule.Allows ? AccessRights.None : rule.Rights;
            }
        }

        return allowed & ~denied;
    }

    /// <summary>Rules are about what is beneath the path: what is there now would be judged by others, were it moved.</summary>
    public bool HasRulesBeneath(ReadOnlySpan<byte> path)
    {
        foreach (PolicyRule rule in rules)
        {
            if (rule.LiesBeneath(path))
            {
                return true;
            }
        }

        return false;
    }
}
