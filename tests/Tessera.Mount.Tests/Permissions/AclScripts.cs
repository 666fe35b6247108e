namespace Tessera.Mount.Tests.Permissions;

/// <summary>Scripts that set, inherit, lose and run into access control lists, and write down what they meet. They run as root in an empty
/// directory and call other users by their numbers.</summary>
internal static class AclScripts
{
    /// <summary>setfacl(1), chmod(1), chown(1) and who may then do what.</summary>
    public const string Commands = """
        set -u
        umask 022
        as() { local id=$1; shift; setpriv --reuid "$id" --regid "$id" --clear-groups "$@"; }
        say() { printf '== %s\n' "$*"; "$@" 2>&1; printf 'exit %s\n' "$?"; }
        show() { stat -c '%n %A %u %g' "$@"; getfacl -n -p "$@" 2>&1; }

        # Named users and groups, and the mask.
        echo text > f; chmod 640 f
        say as 3001 cat f
        say setfacl -m u:3001:r,g:3002:rw f; show f
        say as 3001 cat f; say as 3001 sh -c 'echo x >> f'; say as 3002 sh -c 'echo x >> f'; say as 3003 cat f
        say chmod 600 f; show f; say as 3001 cat f
        say chmod 664 f; show f; say as 3002 sh -c 'echo y >> f'
        say setfacl -m m::r f; show f; say as 3002 sh -c 'echo z >> f'
        say chmod 2755 f; show f
        say setfacl -x u:3001 f; show f
        say setfacl -b f; show f
        say setfacl -m u::rw,g::r,o::- f; show f
        say setfacl -k f; say setfacl -b f; say setfacl -m d:u:3001:rwx f
        ln -s f link; say setfacl -m u:3001:rwx link; show f

        # What is made in a directory with a default list, under any umask.
        mkdir d; say setfacl -m d:u:3001:rwx,d:g:3002:rx,d:o::- d; show d
        (umask 077; echo a > d/file; mkdir d/sub; mkfifo d/fifo; ln -s file d/link; mkdir -m 700 d/private; install -m 755 /bin/true d/program)
        show d/file d/sub d/fifo d/private d/program; stat -c '%n %A' d/link
        (umask 0; echo b > d/sub/deep); show d/sub/deep
        say as 3001 sh -c 'echo c > d/no'
        say setfacl -m u:3001:rwx d; say as 3001 sh -c 'umask 077; echo c > d/yes'; show d/yes
        say as 3002 ls d; say as 3003 ls d; say as 3001 rm d/yes
        mkdir e; say setfacl -d -m u::rwx,g::rx,o::- e; (umask 0; echo > e/f; mkdir e/s); show e e/f e/s
        say setfacl -k e; show e; (umask 027; echo > e/g); show e/g
        mkdir -m 2775 s; chgrp 3002 s; say setfacl -m d:g:3002:rwx s; as 3002 sh -c 'umask 077; echo > s/f; mkdir s/d'; show s/f s/d
        mv d/file d/sub/moved; show d/sub/moved

        # Whose it is.
        mkdir own; chown 3001:3001 own; echo > own/f; chown 3001:3002 own/f; chmod 2755 own/f
        say as 3001 setfacl -m u:3003:r own/f; show own/f
        say as 3003 setfacl -m u:3003:rwx own/f; say as 3003 chmod 777 own/f; say as 3003 setfacl -b own/f
        say chown 3003:3003 own/f; show own/f; say as 3001 chmod 700 own/f; say as 3003 chmod 700 own/f; show own/f
        ln f hard; say setfacl -m u:3009:r hard; show f
        """;

    /// <summary>setxattr(2), getxattr(2) and removexattr(2) of lists, right and wrong; umask and O_TMPFILE.</summary>
    public const string Attributes = """
        import errno, os, struct
        ACCESS, DEFAULT = 'system.posix_acl_access', 'system.posix_acl_default'
        OWNER, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
        NO_ID = 0xffffffff
        BASE = [(OWNER, 6, NO_ID), (GROUP_OBJ, 4, NO_ID), (OTHER, 0, NO_ID)]

        def acl(*entries, version=2):
            return struct.pack('<I', version) + b''.join(struct.pack('<HHI', *entry) for entry in entries)

        def named(*users, mask=7):
            return acl(BASE[0], *users, BASE[1], (MASK, mask, NO_ID), BASE[2])

        def tell(label, call, *arguments, **options):
            try:
                result = call(*arguments, **options)
            except OSError as error:
                result = errno.errorcode[error.errno]
            print(label, result.hex() if isinstance(result, bytes) else result)

        def setting(label, name, value, target='v', flags=0):
            tell(label, os.setxattr, target, name, value, flags)
            print(' ', oct(os.stat(target).st_mode), sorted(os.listxattr(target)))

        open('v', 'w').close()
        os.mkdir('w')
        setting('minimal', ACCESS, acl(*BASE))
        setting('empty', ACCESS, acl())
        setting('nothing', ACCESS, b'')
        setting('short', ACCESS, b'\2\0\0')
        setting('odd', ACCESS, acl(*BASE) + b'\0')
        setting('version', ACCESS, acl(*BASE, version=1))
        setting('order', ACCESS, acl(BASE[1], BASE[0], BASE[2]))
        setting('twice', ACCESS, acl(BASE[0], *BASE))
        setting('no other', ACCESS, acl(*BASE[:2]))
        setting('no mask', ACCESS, acl(BASE[0], (USER, 4, 7), *BASE[1:]))
        setting('named', ACCESS, named((USER, 4, 7)))
        tell('get', os.getxattr, 'v', ACCESS)
        setting('empty again', ACCESS, acl())
        setting('only a mask', ACCESS, named(mask=1))
        tell('get', os.getxattr, 'v', ACCESS)
        setting('rights', ACCESS, acl((OWNER, 8, NO_ID), *BASE[1:]))
        setting('tag', ACCESS, acl(BASE[0], (3, 4, NO_ID), *BASE[1:]))
        setting('no id', ACCESS, named((USER, 4, NO_ID)))
        setting('same id', ACCESS, named((USER, 4, 7), (USER, 6, 7)))
        setting('unsorted ids', ACCESS, named((USER, 4, 9), (USER, 6, 7)))
        setting('needless ids', ACCESS, acl((OWNER, 6, 5), (USER, 4, 9), (GROUP_OBJ, 4, 6), (MASK, 7, 7), (OTHER, 0, 8)))
        tell('get', os.getxattr, 'v', ACCESS)
        setting('create', ACCESS, acl(*BASE), flags=os.XATTR_CREATE)
        setting('replace', ACCESS, named((USER, 4, 7)), flags=os.XATTR_REPLACE)
        setting('many', ACCESS, named(*[(USER, 4, i) for i in range(300)]))
        setting('default on a file', DEFAULT, acl(*BASE))
        setting('empty default on a file', DEFAULT, acl())
        setting('default', DEFAULT, acl(*BASE), target='w')
        tell('get', os.getxattr, 'w', DEFAULT)
        tell('no such list', os.getxattr, 'v', 'system.posix_acl_none')
        tell('none there', os.getxattr, 'w', ACCESS)
        tell('none there', os.getxattr, 'v', DEFAULT)
        for target in 'v', 'w':
            for name in ACCESS, ACCESS, DEFAULT, DEFAULT:
                tell('remove', os.removexattr, target, name)

        for flags in os.XATTR_CREATE, os.XATTR_REPLACE:
            os.setxattr('v', 'user.x', b'1')
            tell('there', os.setxattr, 'v', 'user.x', b'2', flags)
            tell('not there', os.setxattr, 'v', f'user.{flags}', b'2', flags)

        os.setxattr('w', DEFAULT, acl((OWNER, 7, NO_ID), (USER, 6, 7), (GROUP_OBJ, 5, NO_ID), (MASK, 7, NO_ID), (OTHER, 0, NO_ID)))
        os.umask(0o27)
        here = os.open('.', os.O_RDONLY)
        unnamed = os.open('w', os.O_TMPFILE | os.O_RDWR, 0o664)
        os.link(f'/proc/self/fd/{unnamed}', 'w/t', dst_dir_fd=here)
        tell('unnamed in a list', os.getxattr, 'w/t', ACCESS)
        for directory in '.', 'w':
            print(oct(os.fstat(os.open(directory, os.O_TMPFILE | os.O_RDWR, 0o666)).st_mode))
            os.mknod(f'{directory}/node', 0o777 | 0o100000)
            os.mkdir(f'{directory}/directory', 0o1777)
            os.close(os.open(f'{directory}/file', os.O_CREAT | os.O_WRONLY, 0o6777))
            print([oct(os.stat(f'{directory}/{name}').st_mode) for name in ('node', 'directory', 'file')])
        """;

    /// <summary>Everything there is of lists and modes in a directory, in one order.</summary>
    public const string List = """
        find . -not -type l -print0 | LC_ALL=C sort -z | xargs -0 stat -c '%n %A %u %g'
        find . -not -type l -print0 | LC_ALL=C sort -z | xargs -0 getfacl -n -p
        """;
}
